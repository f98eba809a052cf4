{{- define "latency-guard.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Of one part: (dict "root" $ "part" "exporter") */ -}}
{{- define "latency-guard.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 40 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "latency-guard.labels" -}}
{{ include "latency-guard.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: latency-guard
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "latency-guard.image" -}}
{{- $image := (index .root.Values .part).image -}}
{{- $name := printf "%s%s" .root.Values.image.registry $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "latency-guard.serviceAccount" -}}
{{- $own := index .root.Values.serviceAccount (printf "%sName" .part) -}}
{{- if .root.Values.serviceAccount.create -}}
{{- printf "%s-%s" (include "latency-guard.fullname" .root) .part -}}
{{- else -}}
{{- default "default" $own -}}
{{- end -}}
{{- end -}}

{{- /* With users or TLS of its own a probe cannot ask for a page: it looks whether the port is open. */ -}}
{{- define "latency-guard.probes" -}}
{{- $secured := (index .root.Values .part).webConfigSecret -}}
startupProbe:
{{- if $secured }}
  tcpSocket: {port: http}
{{- else }}
  httpGet: {path: /-/healthy, port: http}
{{- end }}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
{{- if $secured }}
  tcpSocket: {port: http}
{{- else }}
  httpGet: {path: /-/healthy, port: http}
{{- end }}
  periodSeconds: 30
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
{{- if $secured }}
  tcpSocket: {port: http}
{{- else }}
  httpGet: {path: /-/ready, port: http}
{{- end }}
  periodSeconds: 10
  timeoutSeconds: 5
{{- end -}}

{{- define "latency-guard.exporterConfig" -}}
{{- $config := deepCopy .Values.exporter.config -}}
{{- if .Values.exporter.podMetadata -}}
{{- $kubernetes := dict "api_url" "https://kubernetes.default.svc" "node_name" "$(NODE_NAME)" -}}
{{- $config = merge $config (dict "process" (dict "kubernetes" $kubernetes)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
