{{/* What every object of a cell carries; nothing here belongs to one tenant. */}}
{{- define "cell.labels" -}}
app.kubernetes.io/name: cell
app.kubernetes.io/instance: {{ .Values.unit.name | quote }}
app.kubernetes.io/part-of: steward
app.kubernetes.io/managed-by: steward
steward.dev/unit: {{ .Values.unit.id | quote }}
steward.dev/tenant: none
{{- end }}
