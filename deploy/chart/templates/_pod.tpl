{{/* What all pods have in common. A part is said as (dict "root" $ "name" "web"). */}}

{{- define "aiapp.fullname" -}}
{{- if contains "aiapp" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-aiapp" (.Release.Name | trunc 44 | trimSuffix "-") }}{{ end }}
{{- end }}

{{/* Selectors cannot be changed later: nothing in them may change with a release. */}}
{{- define "aiapp.selector" -}}
app.kubernetes.io/name: aiapp
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "aiapp.labels" -}}
{{ include "aiapp.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "aiapp.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "aiapp.claim" -}}
{{- if .Values.files.existingClaim }}{{ .Values.files.existingClaim }}{{ else if .Values.files.newClaim.size }}{{ include "aiapp.fullname" . }}-files{{ end }}
{{- end }}

{{/* Settings stand in the pod itself, so each change of one replaces the pods. */}}
{{- define "aiapp.env" -}}
{{- $values := .root.Values }}
{{- $own := dict "SITE_URL" $values.siteUrl "TRUSTED_PROXIES" (toString $values.trustedProxies) "REGISTRATION_OPEN" "false" "INGEST_PER_USER" "2" }}
{{- range $name, $value := mergeOverwrite $own (deepCopy $values.env) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $key := $values.secret.keys }}
- name: {{ $key }}_FILE
  value: /run/secrets/aiapp/{{ $key }}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- if has .name (list "worker" "ingest" "beat") }}
- name: REMAP_SIGTERM
  value: SIGQUIT
- name: HEARTBEAT_FILE
  value: /tmp/heartbeat
{{- end }}
{{- if and (eq .name "migrate") $values.admin.username }}
- name: DJANGO_SUPERUSER_USERNAME
  value: {{ $values.admin.username | quote }}
- name: DJANGO_SUPERUSER_EMAIL
  value: {{ $values.admin.email | quote }}
- name: DJANGO_SUPERUSER_PASSWORD_FILE
  value: /run/secrets/aiapp/DJANGO_SUPERUSER_PASSWORD
{{- end }}
{{- end }}

{{/* A container that can do little: the part's `command`, `ports` and probes come beside it. */}}
{{- define "aiapp.container" -}}
{{- $values := .root.Values }}
name: {{ .name }}
image: {{ include "aiapp.image" .root }}
imagePullPolicy: {{ $values.image.pullPolicy }}
env: {{- include "aiapp.env" . | nindent 2 }}
resources: {{- toYaml (index $values .name).resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: secrets, mountPath: /run/secrets/aiapp, readOnly: true }
  - { name: data, mountPath: /data }
  - { name: tmp, mountPath: /tmp }
  {{- with $values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "aiapp.pod" -}}
{{- $values := .root.Values }}
{{- $keys := $values.secret.keys }}
{{- if and (eq .name "migrate") $values.admin.username }}{{ $keys = append $keys "DJANGO_SUPERUSER_PASSWORD" }}{{ end }}
{{- $files := and (has .name (list "web" "worker" "ingest")) (include "aiapp.claim" .root) }}
automountServiceAccountToken: false
# Addresses of services nearby as variables, which may be called as our settings are.
enableServiceLinks: false
# Somebody has to look after processes whose parents died, as `init: true` does in the compose file.
shareProcessNamespace: true
{{- with $values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: secrets
    secret:
      secretName: {{ $values.secret.name }}
      defaultMode: 0440
      # What a part is not told, it cannot tell.
      items:
        {{- range $key := $keys }}
        - { key: {{ $key }}, path: {{ $key }} }
        {{- end }}
  - name: data
    {{- if $files }}
    persistentVolumeClaim: { claimName: {{ $files }} }
    {{- else }}
    emptyDir: { sizeLimit: {{ $values.files.scratch }} }
    {{- end }}
  - name: tmp
    emptyDir: { sizeLimit: 1Gi }
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The head of a Deployment's pods. */}}
{{- define "aiapp.podMetadata" -}}
labels:
  {{- include "aiapp.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* On several nodes and in several zones where there are any; pods that are about to go do not
     count. */}}
{{- define "aiapp.spread" -}}
topologySpreadConstraints:
  {{- range $where := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $where }}
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{- include "aiapp.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{/* A worker and the scheduler touch the file every few seconds, also while they wait for Valkey. */}}
{{- define "aiapp.heartbeatProbes" -}}
startupProbe:
  exec: &beats
    command: [sh, -c, 'test -n "$(find /tmp/heartbeat -mmin -1)"']
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 120
livenessProbe:
  exec: *beats
  periodSeconds: 30
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
