{{/* Restricted pod security, the same for every pod. Call with (dict "component" name). */}}
{{- define "control-plane.podSecurity" -}}
serviceAccountName: {{ printf "steward-%s" .component | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "control-plane.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop:
      - ALL
{{- end }}

{{- define "control-plane.image" -}}
image: {{ printf "%s@%s" .Values.image.repository .Values.image.digest | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}

{{/* Pods of a component lie on different machines and in different zones, where there are such. */}}
{{- define "control-plane.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "control-plane.selector" . | nindent 8 }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "control-plane.selector" . | nindent 8 }}
{{- end }}

{{/* One variable out of a Secret. Call with (dict "name" variable "secret" s "key" k). */}}
{{- define "control-plane.secretVariable" -}}
- name: {{ .name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end }}

{{/* What API and worker are both told. */}}
{{- define "control-plane.environment" -}}
- name: STEWARD_HOST
  value: 0.0.0.0
- name: TEMPORAL_ADDRESS
  value: {{ .Values.temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
- name: STEWARD_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: STEWARD_CACHE
  value: /var/cache/steward
- name: NODE_COMPILE_CACHE
  value: /var/cache/steward/compiled
{{ include "control-plane.secretVariable" (dict "name" "STEWARD_SEALING_KEY" "secret" .Values.sealing.secret "key" "STEWARD_SEALING_KEY") }}
{{- if .Values.telemetry.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .Values.telemetry.endpoint | quote }}
{{- end }}
{{- if .Values.telemetry.headersSecret }}
{{ include "control-plane.secretVariable" (dict "name" "OTEL_EXPORTER_OTLP_HEADERS" "secret" .Values.telemetry.headersSecret "key" "OTEL_EXPORTER_OTLP_HEADERS") }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name | quote }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $from := .Values.secretSettings }}
{{ include "control-plane.secretVariable" (dict "name" $name "secret" $from.secret "key" $from.key) }}
{{- end }}
{{- end }}

{{/* What opens buckets; without a Secret a role does. Call with the Secret's name. */}}
{{- define "control-plane.bucketCredential" -}}
{{- with . -}}
{{ include "control-plane.secretVariable" (dict "name" "AWS_ACCESS_KEY_ID" "secret" . "key" "AWS_ACCESS_KEY_ID") }}
{{ include "control-plane.secretVariable" (dict "name" "AWS_SECRET_ACCESS_KEY" "secret" . "key" "AWS_SECRET_ACCESS_KEY") }}
{{- end }}
{{- end }}

{{/* The only places a container may write to. */}}
{{- define "control-plane.scratchMounts" -}}
- name: cache
  mountPath: /var/cache/steward
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "control-plane.scratchVolumes" -}}
- name: cache
  emptyDir:
    sizeLimit: 256Mi
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- end }}
