// Argo CD keeps what it has rendered in Redis. This one lives as long as the test: miniredis, with which Argo CD's own tests run.
package main

import (
	"log"
	"os"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	if err := miniredis.NewMiniRedis().StartAddr(os.Args[1]); err != nil {
		log.Fatal(err)
	}
	select {}
}
