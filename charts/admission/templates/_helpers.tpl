{{/*
What an image may look like, as RE2: one of the repositories by digest, or a sidecar. Names are checked here, so that nothing in them can end the CEL
string in which the pattern stands.
*/}}
{{- define "admission.pattern" -}}
{{- if not .Values.repositories }}{{ fail "repositories: name at least one, as validation.image.repositories in sluice.yaml" }}{{ end -}}
{{- $patterns := list -}}
{{- range concat .Values.repositories .Values.sidecars -}}
{{- if not (regexMatch "^[a-zA-Z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*(/[*])?$" .) }}{{ fail (printf "%s is no repository like registry/name or registry/*" .) }}{{ end -}}
{{- end -}}
{{- range .Values.repositories -}}
{{- $name := regexReplaceAll "[.]" (trimSuffix "/*" .) "[.]" -}}
{{- $below := ternary "(/[a-z0-9._-]+)+" "" (hasSuffix "/*" .) -}}
{{- $patterns = append $patterns (printf "%s%s@sha256:[0-9a-f]{64}" $name $below) -}}
{{- end -}}
{{- range .Values.sidecars -}}
{{- $name := regexReplaceAll "[.]" (trimSuffix "/*" .) "[.]" -}}
{{- $below := ternary "(/[a-z0-9._-]+)+" "" (hasSuffix "/*" .) -}}
{{- $patterns = append $patterns (printf "%s%s([:@][a-zA-Z0-9._:@-]+)?" $name $below) -}}
{{- end -}}
^({{ join "|" $patterns }})$
{{- end -}}
