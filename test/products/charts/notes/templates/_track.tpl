{{/* Deployment and Service of one track. Call with (dict "values" .Values "name" n "track" t "version" v "replicas" r). */}}
{{- define "notes.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name | quote }}
  namespace: {{ .values.namespace | quote }}
  labels:
    {{- include "notes.labels" (dict "values" .values "tenant" "none") | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  progressDeadlineSeconds: 300
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "notes.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "notes.labels" (dict "values" .values "tenant" "none") | nindent 8 }}
        steward.dev/track: {{ .track | quote }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "8080"
        prometheus.io/path: /metrics
    spec:
      {{- include "notes.pod" . | nindent 6 }}
      terminationGracePeriodSeconds: 20
      containers:
        - name: notes
          {{- include "notes.container" . | nindent 10 }}
          args:
            - serve
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: PORT
              value: "8080"
            - name: UNIT_ID
              value: {{ .values.unit.id | quote }}
            - name: UNIT_NAME
              value: {{ .values.unit.name | quote }}
            - name: TENANCY
              value: {{ .values.tenancy.mode | quote }}
            - name: REPLICAS
              value: {{ .replicas | quote }}
            - name: TENANTS_FILE
              value: /etc/notes/tenants/tenants.json
            - name: DATABASE_URL
              {{- include "notes.database" (dict "values" .values "key" "DATABASE_URL") | nindent 14 }}
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 2
            periodSeconds: 10
            timeoutSeconds: 3
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: 1
            timeoutSeconds: 2
            failureThreshold: 2
          volumeMounts:
            - name: tenants
              mountPath: /etc/notes/tenants
              readOnly: true
      volumes:
        - name: tenants
          configMap:
            name: {{ .values.tenants.configMap | quote }}
            optional: true
{{- end }}

{{- define "notes.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name | quote }}
  namespace: {{ .values.namespace | quote }}
  labels:
    {{- include "notes.labels" (dict "values" .values "tenant" "none") | nindent 4 }}
spec:
  selector:
    {{- include "notes.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
{{- end }}
