{{- define "bss.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}

{{- define "bss.metadata" -}}
name: {{ .root.Release.Name }}-{{ .service }}
namespace: {{ .root.Release.Namespace }}
labels:
  app.kubernetes.io/name: bucket-storage-support
  {{- include "bss.selector" . | nindent 2 }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- /* What bss.yaml holds: of both services, then of this one, then where a container listens. */ -}}
{{- define "bss.config" -}}
{{- $http := dict "http" (dict "host" "0.0.0.0" "port" 3000) -}}
{{- mergeOverwrite (deepCopy .root.Values.config) (deepCopy .values.config) $http | toYaml -}}
{{- end }}

{{- define "bss.objects" -}}
{{- $name := printf "%s-%s" .root.Release.Name .service -}}
{{- $config := include "bss.config" . -}}
{{- $secret := default $name .root.Values.existingSecret -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "bss.metadata" . | nindent 2 }}
data:
  bss.yaml: |
    {{- $config | nindent 4 }}
{{- if not .root.Values.existingSecret }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "bss.metadata" . | nindent 2 }}
type: Opaque
stringData:
  {{- toYaml .root.Values.secrets | nindent 2 }}
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "bss.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "bss.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 80
      targetPort: http
      protocol: TCP
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "bss.metadata" . | nindent 2 }}
spec:
  replicas: {{ .values.replicas }}
  selector:
    matchLabels:
      {{- include "bss.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: bucket-storage-support
        {{- include "bss.selector" . | nindent 8 }}
        app.kubernetes.io/managed-by: {{ .root.Release.Service }}
      annotations:
        bss/config: {{ sha256sum $config }}
        {{- if not .root.Values.existingSecret }}
        bss/secrets: {{ sha256sum (toYaml .root.Values.secrets) | trunc 8 | quote }}
        {{- end }}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: {{ .service }}
          image: {{ .root.Values.image }}
          args: [{{ .service }}, --config, /etc/bss/bss.yaml]
          envFrom:
            - secretRef:
                name: {{ $secret }}
          ports:
            - name: http
              containerPort: 3000
              protocol: TCP
          startupProbe:
            httpGet: { path: /-/health/live, port: http }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /-/health/live, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /-/health/ready, port: http }
            periodSeconds: 5
            timeoutSeconds: 3
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: config
              mountPath: /etc/bss
              readOnly: true
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: config
          configMap:
            name: {{ $name }}
        - name: tmp
          emptyDir: {}
{{- if gt (int .values.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "bss.metadata" . | nindent 2 }}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      {{- include "bss.selector" . | nindent 6 }}
{{- end }}
{{- end }}
