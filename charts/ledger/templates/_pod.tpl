{{/* Restricted pod security, the same for pods that serve and pods that migrate. */}}
{{- define "ledger.podSecurity" -}}
serviceAccountName: product
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "ledger.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop:
      - ALL
resources:
  requests:
    cpu: 50m
    memory: 96Mi
    ephemeral-storage: 32Mi
  limits:
    cpu: "1"
    memory: 256Mi
    ephemeral-storage: 128Mi
{{- end }}
