{{/* What every object carries. Call with (dict "values" .Values "tenant" id-or-none). */}}
{{- define "ledger.labels" -}}
app.kubernetes.io/name: ledger
app.kubernetes.io/instance: {{ .values.unit.name | quote }}
app.kubernetes.io/component: {{ .values.component | quote }}
app.kubernetes.io/part-of: steward
app.kubernetes.io/managed-by: steward
steward.dev/unit: {{ .values.unit.id | quote }}
steward.dev/tenant: {{ .tenant | quote }}
{{- end }}

{{/* What selects the serving pods of one track: never the version, which changes. */}}
{{- define "ledger.selector" -}}
app.kubernetes.io/name: ledger
app.kubernetes.io/component: workload
steward.dev/unit: {{ .values.unit.id | quote }}
steward.dev/track: {{ .track | quote }}
{{- end }}
