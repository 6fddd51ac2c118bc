// Workload-controllers runs the real controllers of Deployments and ReplicaSets, as kube-controller-manager does with
// `--controllers=deployment-controller,replicaset-controller`: the rest of that program takes minutes to build.
//
// The argument is a kubeconfig. It ends with a signal, or with an error if the API server does not answer.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/replicaset"
)

const (
	workers = 5
	// burst is how many pods a ReplicaSet makes at once.
	burst = replicaset.BurstReplicas
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: workload-controllers KUBECONFIG")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 100
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if _, err := client.Discovery().ServerVersion(); err != nil {
		return err
	}
	known := informers.NewSharedInformerFactory(client, 0)
	apps, pods := known.Apps().V1(), known.Core().V1().Pods()
	deployments, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), pods, client)
	if err != nil {
		return err
	}
	sets := replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), pods, client, burst)
	known.Start(ctx.Done())
	go sets.Run(ctx, workers)
	deployments.Run(ctx, workers)
	return nil
}
