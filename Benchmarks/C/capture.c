// Keeps the output of children in memory: the floors for `drift-bench capture` and `many`.
//
//   capture BYTES     one child's zeros, in a region that grows
//   capture many N    N children at once, 1 MiB from each on both outputs
//
// One thread, blocking reads or one epoll, vfork. Prints `metric value` lines.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/// Stops the program with the failed step's name.
#define CHECK(condition)  \
  do {                    \
    if (!(condition)) {   \
      perror(#condition); \
      exit(125);          \
    }                     \
  } while (0)

struct stream {
  int descriptor;
  size_t size, room;
  char *bytes;
};

static double seconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor_seconds(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// Starts a command; `errors` is nil for one whose error output is this program's own.
static void start(char **arguments, int *output, int *errors) {
  int pipes[2][2] = {{-1, -1}, {-1, -1}};
  CHECK(pipe2(pipes[0], O_CLOEXEC) == 0);
  CHECK(errors == NULL || pipe2(pipes[1], O_CLOEXEC) == 0);
  pid_t child = vfork();
  CHECK(child >= 0);
  if (child == 0) {
    dup2(pipes[0][1], 1);
    if (errors != NULL) dup2(pipes[1][1], 2);
    execve(arguments[0], arguments, environ);
    _exit(127);
  }
  close(pipes[0][1]);
  *output = pipes[0][0];
  if (errors != NULL) {
    close(pipes[1][1]);
    *errors = pipes[1][0];
  }
}

/// One read behind what is kept; false at the end.
static int read_once(struct stream *stream) {
  if (stream->room - stream->size < 65536) {
    stream->room = stream->room * 2 + 65536;
    CHECK((stream->bytes = realloc(stream->bytes, stream->room)) != NULL);
  }
  ssize_t count =
      read(stream->descriptor, stream->bytes + stream->size, stream->room - stream->size);
  CHECK(count >= 0);
  stream->size += (size_t)count;
  return count > 0;
}

static void capture_one(const char *byte_count) {
  char *arguments[] = {"/usr/bin/head", "-c", (char *)byte_count, "/dev/zero", NULL};
  double begin = seconds_now(), own = processor_seconds(RUSAGE_SELF);
  struct stream stream = {0};
  start(arguments, &stream.descriptor, NULL);
  while (read_once(&stream)) {
  }
  CHECK(wait(NULL) > 0);
  CHECK(stream.size == strtoull(byte_count, NULL, 10));
  printf("gb_per_s %.3f\n", (double)stream.size / 1e9 / (seconds_now() - begin));
  printf("own_cpu_s %.3f\n", processor_seconds(RUSAGE_SELF) - own);
}

static void capture_many(int count) {
  char *arguments[] = {"/bin/sh", "-c", "head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2",
                       NULL};
  double begin = seconds_now(), own = processor_seconds(RUSAGE_SELF);
  double children = processor_seconds(RUSAGE_CHILDREN);
  struct stream *streams = calloc((size_t)count * 2, sizeof *streams);
  CHECK(streams != NULL);
  int epoll = epoll_create1(EPOLL_CLOEXEC), open = 2 * count;
  size_t total = 0;
  for (int i = 0; i < count; i++)
    start(arguments, &streams[2 * i].descriptor, &streams[2 * i + 1].descriptor);
  for (int i = 0; i < 2 * count; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, streams[i].descriptor, &event) == 0);
  }
  while (open > 0) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      struct stream *stream = &streams[events[i].data.u32];
      if (read_once(stream)) continue;
      total += stream->size;
      close(stream->descriptor);
      open--;
    }
  }
  for (int i = 0; i < count; i++) CHECK(wait(NULL) > 0);
  CHECK(total == (size_t)count * 2 << 20);
  printf("wall_ms %.2f\n", (seconds_now() - begin) * 1e3);
  printf("own_cpu_ms %.2f\n", (processor_seconds(RUSAGE_SELF) - own) * 1e3);
  printf("child_cpu_ms %.2f\n", (processor_seconds(RUSAGE_CHILDREN) - children) * 1e3);
}

int main(int count, char **arguments) {
  if (count == 3 && strcmp(arguments[1], "many") == 0) {
    capture_many(atoi(arguments[2]));
  } else if (count == 2) {
    capture_one(arguments[1]);
  } else {
    fprintf(stderr, "usage: capture BYTES | capture many N\n");
    return 125;
  }
}
