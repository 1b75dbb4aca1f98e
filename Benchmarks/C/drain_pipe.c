// Reads BYTES of a child's zeros from a pipe and drops them: the floor of `drift-bench drain`.
//
//   drain_pipe BYTES
//
// One edge-triggered epoll and reads of 64 KiB until would-block. Prints `metric value` lines.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

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

static int64_t drain(int fd) {
  static char buffer[1 << 16];
  int64_t total = 0;
  for (;;) {
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count == 0) return -total - 1;
    if (count < 0 && errno == EAGAIN) return total;
    check("read", count < 0 && errno != EINTR);
    if (count > 0) total += count;
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: drain_pipe BYTES\n");
    return 2;
  }
  int ends[2];
  check("pipe2", pipe2(ends, O_CLOEXEC));
  check("fcntl", fcntl(ends[0], F_SETFL, O_NONBLOCK));
  double begin = now();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  char *words[] = {"/usr/bin/head", "-c", argv[1], "/dev/zero", NULL};
  pid_t child;
  check("posix_spawn", (errno = posix_spawn(&child, words[0], &actions, NULL, words, environ)));
  close(ends[1]);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  check("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
  int64_t total = 0;
  for (int64_t count = 0; count >= 0;) {
    check("epoll_wait", epoll_wait(epoll, &event, 1, -1) < 0 && errno != EINTR);
    count = drain(ends[0]);
    total += count < 0 ? -count - 1 : count;
  }
  check("waitpid", waitpid(child, NULL, 0) < 0);
  printf("bytes %lld\n", (long long)total);
  printf("mib_per_s %.0f\n", (double)total / (now() - begin) / (1 << 20));
  return 0;
}
