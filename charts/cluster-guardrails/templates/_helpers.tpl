{{/* What every object of this chart carries. */}}
{{- define "guardrails.labels" -}}
app.kubernetes.io/name: cluster-guardrails
app.kubernetes.io/part-of: steward
app.kubernetes.io/managed-by: steward
{{- end }}

{{/* CEL: whether the request comes from one of these identities. Call with (dict "groups" g "users" u). */}}
{{- define "guardrails.isOneOf" -}}
(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in {{ .groups | toJson }})) || request.userInfo.username in {{ .users | toJson }}
{{- end }}

{{/* CEL: whether the request comes from the plane or the cluster itself. */}}
{{- define "guardrails.isExempt" -}}
{{ include "guardrails.isOneOf" .Values.exempt }}
{{- end }}

{{/* The binding of a policy to the namespaces of units. Call with the policy's name. */}}
{{- define "guardrails.binding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ . }}
  labels:
    {{- include "guardrails.labels" . | nindent 4 }}
spec:
  policyName: {{ . }}
  validationActions:
    - Deny
  matchResources:
    namespaceSelector:
      matchExpressions:
        - key: steward.dev/unit
          operator: Exists
{{- end }}

{{/* CEL: a labels or annotations map of an object, empty where there is none. Call with its path, for example "object.metadata". */}}
{{- define "guardrails.map" -}}
{{ .of }} != null && has({{ .of }}.metadata.{{ .field }}) ? {{ .of }}.metadata.{{ .field }} : {}
{{- end }}
