{{/* One pod of a track at a time may be taken away on purpose. Call with (dict "values" .Values "name" n "track" t). */}}
{{- define "ledger.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name | quote }}
  namespace: {{ .values.namespace | quote }}
  labels:
    {{- include "ledger.labels" (dict "values" .values "tenant" "none") | nindent 4 }}
    steward.dev/track: {{ .track | quote }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "ledger.selector" . | nindent 6 }}
{{- end }}
