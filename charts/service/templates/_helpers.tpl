{{- define "service.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What the Deployment selects by. A Deployment's selector cannot be changed: nothing here may depend on the release. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The router shows version and environment in its answers. */}}
{{- define "service.podLabels" -}}
{{ include "service.selector" . }}
{{- /* The short names that people type (kubectl logs -l app=…) and that Istio puts into its metrics. */}}
app: {{ include "service.name" . }}
version: {{ .Values.version | quote }}
app.kubernetes.io/version: {{ required "version: the version of the release, for example v2.1.0" .Values.version | quote }}
sluice.dev/environment: {{ required "environment: blue or green" .Values.environment | quote }}
{{- end -}}

{{- define "service.labels" -}}
{{ include "service.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "service.image" -}}
{{- $repository := required "image.repository: where the image is" .Values.image.repository -}}
{{- $digest := required "image.digest: sha256:…, images go by digest" .Values.image.digest -}}
{{- printf "%s@%s" $repository $digest -}}
{{- end -}}
