// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/mm/tasks.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace faultline::test {

Tasks::Tasks(Machine& machine, std::uint64_t seed) : machine_(machine), random_(seed) {
  machine_.set_scheduler(this);
}

Tasks::~Tasks() {
  machine_.set_scheduler(nullptr);
}

void Tasks::add(std::function<void()> body) {
  tasks_.push_back(std::make_unique<Task>());
  tasks_.back()->body = std::move(body);
}

void Tasks::run() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    tasks_[i]->thread = std::thread([this, i] { thread_main(i); });
  }
  {
    const std::unique_lock lock(mutex_);
    choose_next();
  }
  for (const auto& task : tasks_) {
    task->thread.join();
  }
}

void Tasks::thread_main(std::size_t self) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return running_ == self; });
  lock.unlock();
  tasks_[self]->body();
  lock.lock();
  tasks_[self]->state = State::Ended;
  choose_next();
}

// Lets devices work until a task is drawn, and hands over to it. The mutex is held: what devices
// call at the end of a request is wake() at most.
void Tasks::choose_next() {
  for (;;) {
    std::vector<std::size_t> runnable;
    bool all_ended = true;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      all_ended = all_ended && tasks_[i]->state == State::Ended;
      if (tasks_[i]->state == State::Runnable) {
        runnable.push_back(i);
      }
    }
    if (all_ended) {
      running_ = kNobody;
      return;
    }
    const std::size_t drawn = random_() % (runnable.size() + 1);
    if (drawn < runnable.size()) {
      running_ = runnable[drawn];
      changed_.notify_all();
      return;
    }
    if (!machine_.progress() && runnable.empty()) {
      std::fprintf(stderr, "all tasks sleep and nothing will wake them\n");
      std::abort();
    }
  }
}

void Tasks::give_way(std::unique_lock<std::mutex>& lock, State state, const void* key) {
  const std::size_t self = running_;
  tasks_[self]->state = state;
  tasks_[self]->key = key;
  choose_next();
  changed_.wait(lock, [&] { return running_ == self; });
}

void Tasks::yield() {
  std::unique_lock lock(mutex_);
  give_way(lock, State::Runnable, nullptr);
}

void Tasks::sleep(const void* key) {
  std::unique_lock lock(mutex_);
  give_way(lock, State::Asleep, key);
}

// Called by the running task, or by a device on behalf of it: nobody else touches the states.
void Tasks::wake(const void* key) {
  for (const auto& task : tasks_) {
    if (task->state == State::Asleep && task->key == key) {
      task->state = State::Runnable;
    }
  }
}

}  // namespace faultline::test
