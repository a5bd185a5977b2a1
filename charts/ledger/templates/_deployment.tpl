{{/* The Deployment of one track. Call with (dict "values" .Values "name" n "track" t "version" v "replicas" r). */}}
{{- define "ledger.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name | quote }}
  namespace: {{ .values.namespace | quote }}
  labels:
    {{- include "ledger.labels" (dict "values" .values "tenant" "none") | nindent 4 }}
    app.kubernetes.io/version: {{ .version | quote }}
    steward.dev/track: {{ .track | quote }}
spec:
  replicas: {{ .replicas }}
  revisionHistoryLimit: 2
  progressDeadlineSeconds: 300
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "ledger.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "ledger.labels" (dict "values" .values "tenant" "none") | nindent 8 }}
        app.kubernetes.io/version: {{ .version | quote }}
        steward.dev/track: {{ .track | quote }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "8080"
        prometheus.io/path: /metrics
    spec:
      {{- include "ledger.podSecurity" . | nindent 6 }}
      terminationGracePeriodSeconds: 30
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "ledger.selector" . | nindent 14 }}
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "ledger.selector" . | nindent 14 }}
      containers:
        - name: ledger
          image: {{ printf "%s:%s" .values.image.repository .version | quote }}
          imagePullPolicy: Always
          args:
            - serve
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
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
              value: /etc/ledger/tenants/tenants.json
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: {{ .values.database.secret | quote }}
                  key: DATABASE_URL
          startupProbe:
            httpGet:
              path: /healthz
              port: http
            periodSeconds: 1
            timeoutSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 3
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          {{- include "ledger.containerSecurity" . | nindent 10 }}
          volumeMounts:
            - name: tenants
              mountPath: /etc/ledger/tenants
              readOnly: true
      volumes:
        - name: tenants
          configMap:
            name: {{ .values.tenants.configMap | quote }}
            # The plane may write it a moment later: the pod starts without and is not ready until it is there.
            optional: true
{{- end }}
