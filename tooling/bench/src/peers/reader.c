/* Lists a set and reads every member, all reads under way at once; prints the milliseconds, connecting left out. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int connected, answered, failed;

static void on_session(zhandle_t *zk, int type, int state, const char *path, void *context) {
  (void)zk, (void)path, (void)context;
  if (type != ZOO_SESSION_EVENT || state != ZOO_CONNECTED_STATE) return;
  pthread_mutex_lock(&lock);
  connected = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void on_data(int code, const char *value, int length, const struct Stat *stat, const void *context) {
  (void)value, (void)length, (void)stat, (void)context;
  pthread_mutex_lock(&lock);
  answered += 1;
  failed += code != ZOK;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  zhandle_t *zk = zookeeper_init(arguments[1], on_session, 10000, 0, 0, 0);
  if (zk == 0) return 1;
  pthread_mutex_lock(&lock);
  while (!connected) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);

  double started = now_ms();
  struct String_vector names;
  if (zoo_get_children(zk, arguments[2], 0, &names) != ZOK) return 1;
  char path[512];
  for (int each = 0; each < names.count; each++) {
    snprintf(path, sizeof path, "%s/%s", arguments[2], names.data[each]);
    if (zoo_aget(zk, path, 0, on_data, 0) != ZOK) return 1;
  }
  pthread_mutex_lock(&lock);
  while (answered < names.count) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  printf("%.3f\n", now_ms() - started);
  fflush(stdout);
  zookeeper_close(zk);
  return failed != 0;
}
