// Sends BYTES from one end of a connection to the other: the floor of `drift-bench stream`.
//
//   stream_socket BYTES unix|tcp
//
// One thread, one edge-triggered epoll; 64 KiB at a time, until would-block on either side. What is
// left of a piece of which part is sent (`begun`) is sent next, as every writer of real bytes must.
// Both buffers begin at a page's start and have been written to, as those of `drift-bench` do:
// elsewhere in a page the kernel copies some 5 % slower, and pages that nobody has written to are
// all the same page of zeros. Prints `metric value` lines.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static void check(const char *step, int failed) {
  if (!failed) return;
  perror(step);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double used(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void connect_pair(int ends[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check("bind", bind(listener, (struct sockaddr *)&address, size));
  check("listen", listen(listener, 1));
  check("getsockname", getsockname(listener, (struct sockaddr *)&address, &size));
  ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check("connect", connect(ends[0], (struct sockaddr *)&address, size));
  ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  check("accept4", ends[1] < 0);
  close(listener);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: stream_socket BYTES unix|tcp\n");
    return 2;
  }
  char *output = aligned_alloc(4096, PIECE), *input = aligned_alloc(4096, PIECE);
  check("aligned_alloc", output == NULL || input == NULL);
  memset(output, 1, PIECE);
  memset(input, 1, PIECE);
  int64_t unsent = atoll(argv[1]), begun = 0, total = 0;
  int ends[2];
  if (strcmp(argv[2], "unix") == 0) {
    check("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  } else {
    connect_pair(ends);
  }
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < 2; i++) {
    check("fcntl", fcntl(ends[i], F_SETFL, O_NONBLOCK));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP,
                                .data.fd = i};
    check("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, ends[i], &event));
  }
  double begin = now(), used_before = used();
  for (int ended = 0; !ended;) {
    struct epoll_event events[2];
    int count = epoll_wait(epoll, events, 2, -1);
    check("epoll_wait", count < 0 && errno != EINTR);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == 0) {
        while (unsent > 0) {
          int64_t rest = PIECE - begun;
          size_t size = (size_t)(unsent < rest ? unsent : rest);
          ssize_t sent = send(ends[0], output + begun, size, MSG_NOSIGNAL);
          if (sent < 0 && errno == EAGAIN) break;
          check("send", sent < 0);
          unsent -= sent;
          begun = (begun + sent) % PIECE;
          if (unsent == 0) shutdown(ends[0], SHUT_WR);
        }
      } else {
        for (;;) {
          ssize_t received = recv(ends[1], input, PIECE, 0);
          if (received < 0 && errno == EAGAIN) break;
          check("recv", received < 0);
          if (received == 0) {
            ended = 1;
            break;
          }
          total += received;
        }
      }
    }
  }
  double seconds = now() - begin;
  printf("bytes %lld\n", (long long)total);
  printf("gb_per_s %.3f\n", (double)total / seconds / 1e9);
  printf("own_cpu_s %.3f\n", used() - used_before);
  return 0;
}
