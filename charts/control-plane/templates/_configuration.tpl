{{/* The region this installation starts with, as the API reads it. Paths are those of the worker's pod. */}}
{{- define "control-plane.region" -}}
{{- $region := .Values.region -}}
{{- $settings := dict
  "kubeconfig" "/etc/steward/clusters/worker.kubeconfig"
  "sweepKubeconfig" "/etc/steward/clusters/sweep.kubeconfig"
  "productDatabaseUrlFile" "/etc/steward/region-credentials/products-url"
  "sweepDatabaseUrlFile" "/etc/steward/region-credentials/products-sweep-url"
  "edgeTokenFile" "/etc/steward/region-credentials/edge-token"
  "sweepEdgeTokenFile" "/etc/steward/region-credentials/edge-sweep-token"
  "gatewayUrl" $region.gatewayUrl
  "edgeUrl" $region.edgeUrl
  "edgeAdminUrl" $region.edgeAdminUrl
  "prometheusUrl" $region.prometheusUrl
  "imageRegistryUrl" ($region.imageRegistryUrl | default nil)
  "podNetwork" $region.podNetwork
  "facets" $region.facets
  "instances" $region.instances -}}
{{- with $region.tenantAccess -}}
{{- $_ := set $settings "accessKubeconfig" "/etc/steward/clusters/access.kubeconfig" -}}
{{- $_ := set $settings "tenantAccess" . -}}
{{- end -}}
{{- with $region.exportBucket -}}
{{- $_ := set $settings "exportBucket" . -}}
{{- end -}}
{{- dict "name" $region.name "target" $region.target "domain" $region.domain "settings" $settings | toPrettyJson -}}
{{- end }}

{{/* One kubeconfig over a token's file. Call with (dict "server" address "name" credential). */}}
{{- define "control-plane.kubeconfig" -}}
apiVersion: v1
kind: Config
current-context: steward
clusters:
  - name: steward
    cluster:
      server: {{ .server | quote }}
      certificate-authority: {{ printf "/var/run/steward/%s/ca.crt" .name }}
contexts:
  - name: steward
    context:
      cluster: steward
      user: steward
users:
  - name: steward
    user:
      token-file: {{ printf "/var/run/steward/%s/token" .name }}
{{- end }}

{{/* Everything whose change asks for new pods. */}}
{{- define "control-plane.configuration" -}}
{{ include "control-plane.region" . }}{{ include "control-plane.kubeconfig" (dict "server" .Values.cluster.server "name" "worker") }}
{{- with .Values.stacks }}{{ toJson . }}{{ end }}
{{- end }}
