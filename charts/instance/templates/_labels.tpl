{{/* What every object of an instance carries: all of it belongs to its one tenant. */}}
{{- define "instance.labels" -}}
app.kubernetes.io/name: instance
app.kubernetes.io/instance: {{ .Values.unit.name | quote }}
app.kubernetes.io/part-of: steward
app.kubernetes.io/managed-by: steward
steward.dev/unit: {{ .Values.unit.id | quote }}
steward.dev/tenant: {{ .Values.tenant.id | quote }}
{{- end }}
