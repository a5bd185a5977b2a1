{{/* What every object carries. Call with (dict "component" name). */}}
{{- define "control-plane.labels" -}}
{{ include "control-plane.selector" . }}
app.kubernetes.io/managed-by: helm
{{- end }}

{{/* What selects the pods of one component. */}}
{{- define "control-plane.selector" -}}
app.kubernetes.io/name: control-plane
app.kubernetes.io/component: {{ .component | quote }}
app.kubernetes.io/part-of: steward
{{- end }}
