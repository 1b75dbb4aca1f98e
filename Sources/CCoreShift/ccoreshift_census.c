#define _GNU_SOURCE
#include "ccoreshift_census.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int ccoreshift_census_numbers(int *numbers, size_t capacity) {
  DIR *directory = opendir("/proc/thread-self/fd");
  if (directory == NULL) return -errno;
  size_t count = 0;
  struct dirent *entry;
  errno = 0;
  while ((entry = readdir(directory)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    int number = atoi(entry->d_name);
    // The one that this walk itself has opened.
    if (number == dirfd(directory)) continue;
    if (count < capacity) numbers[count] = number;
    count++;
  }
  int error = errno;
  closedir(directory);
  return error ? -error : (int)count;
}

int ccoreshift_census_target(int fd, char *text, size_t capacity) {
  char path[40];
  snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
  ssize_t length = readlink(path, text, capacity);
  return length < 0 ? -errno : (int)length;
}
