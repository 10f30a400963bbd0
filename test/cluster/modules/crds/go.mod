module sluice.test/crds

go 1.26.0

require (
	github.com/argoproj/argo-cd/v3 v3.5.7
	github.com/kedacore/keda/v2 v2.20.0
	istio.io/api v1.32.0
	sigs.k8s.io/gateway-api v1.6.0
)
