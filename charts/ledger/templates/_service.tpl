{{/* The Service of one track. Call with (dict "values" .Values "name" n "track" t). */}}
{{- define "ledger.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name | quote }}
  namespace: {{ .values.namespace | quote }}
  labels:
    {{- include "ledger.labels" (dict "values" .values "tenant" "none") | nindent 4 }}
    steward.dev/track: {{ .track | quote }}
spec:
  type: ClusterIP
  selector:
    {{- include "ledger.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
      protocol: TCP
      appProtocol: http
{{- end }}
