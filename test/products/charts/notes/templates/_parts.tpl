{{/* What every object carries. Call with (dict "values" .Values "tenant" id-or-none). */}}
{{- define "notes.labels" -}}
app.kubernetes.io/name: notes
app.kubernetes.io/component: {{ .values.component | quote }}
steward.dev/unit: {{ .values.unit.id | quote }}
steward.dev/tenant: {{ .tenant | quote }}
{{- end }}

{{/* What selects the serving pods of one track: never the version, which changes. */}}
{{- define "notes.selector" -}}
app.kubernetes.io/name: notes
app.kubernetes.io/component: workload
steward.dev/unit: {{ .values.unit.id | quote }}
steward.dev/track: {{ .track | quote }}
{{- end }}

{{/* Restricted pod security, the same for pods that serve and pods that migrate. */}}
{{- define "notes.pod" -}}
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

{{/* One container. Call with (dict "values" .Values "version" v). */}}
{{- define "notes.container" -}}
image: {{ printf "%s:%s" .values.image.repository .version | quote }}
imagePullPolicy: Always
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop:
      - ALL
resources:
  requests:
    cpu: 20m
    memory: 64Mi
    ephemeral-storage: 16Mi
  limits:
    cpu: 500m
    memory: 128Mi
    ephemeral-storage: 64Mi
{{- end }}

{{- define "notes.database" -}}
valueFrom:
  secretKeyRef:
    name: {{ .values.database.secret | quote }}
    key: {{ .key }}
{{- end }}
