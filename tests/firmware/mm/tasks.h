// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tasks of the kernel on the host: threads of which one runs at a time, and which change only where
// the core sleeps or a test says so. Who runs next, a task or a device, is drawn from a seed, so a
// run can be repeated.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "tests/firmware/mm/machine.h"

namespace faultline::test {

class Tasks : public Scheduler {
 public:
  Tasks(Machine& machine, std::uint64_t seed);
  ~Tasks();
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  void add(std::function<void()> body);
  /// Runs all tasks to their ends. Aborts if all of them sleep and no device has anything to do.
  void run();
  /// Called by a task: others may run here.
  void yield();

  void sleep(const void* key) override;
  void wake(const void* key) override;

 private:
  enum class State { Runnable, Asleep, Ended };
  struct Task {
    std::function<void()> body;
    std::thread thread;
    State state = State::Runnable;
    const void* key = nullptr;
  };
  static constexpr std::size_t kNobody = ~std::size_t{0};

  void thread_main(std::size_t self);
  void choose_next();
  void give_way(std::unique_lock<std::mutex>& lock, State state, const void* key);

  Machine& machine_;
  std::mt19937_64 random_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::size_t running_ = kNobody;  // index of the task that runs
};

}  // namespace faultline::test
