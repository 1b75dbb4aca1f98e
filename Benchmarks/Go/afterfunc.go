// The counterpart of `drift-bench delayed N`: N functions with random times between one and two
// seconds from their start, each of which begins in a goroutine of its own.
//
//	GOMAXPROCS=1 go run Benchmarks/Go/afterfunc.go 1000000
//
// Go's other row, a goroutine that sleeps until its time, is that of `drift-bench timers N`. Prints
// `metric value` lines, with the names that the peers use.
package main

import (
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

func processorSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	seconds := usage.Utime.Sec + usage.Stime.Sec
	return float64(seconds) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func main() {
	count := 0
	if len(os.Args) == 2 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	if count < 1 {
		fmt.Fprintln(os.Stderr, "usage: afterfunc COUNT")
		os.Exit(125)
	}
	late := make([]int64, count)
	var done sync.WaitGroup
	done.Add(count)
	processor, start := processorSeconds(), time.Now()
	for i := range count {
		delay := time.Second + time.Duration(rand.Int63n(1e9))
		deadline := time.Now().Add(delay)
		time.AfterFunc(delay, func() {
			late[i] = time.Since(deadline).Nanoseconds()
			done.Done()
		})
	}
	done.Wait()
	fmt.Println("cpu_s", processorSeconds()-processor)
	fmt.Println("wall_s", time.Since(start).Seconds())
	slices.Sort(late)
	fmt.Println("late_p50_us", float64(late[count/2])/1e3)
	fmt.Println("late_p99_us", float64(late[count/100*99])/1e3)
}
