// SPDX-License-Identifier: Apache-2.0
#include "platform/results/fault_database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "platform/measure/paths.h"

namespace faultline {

namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE run (
  name  TEXT PRIMARY KEY,
  value NOT NULL
) WITHOUT ROWID;
CREATE TABLE path (
  path        TEXT PRIMARY KEY,
  description TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE stage_kind (
  stage       TEXT PRIMARY KEY,
  position    INTEGER NOT NULL,
  side        TEXT NOT NULL,
  description TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE fault (
  id           INTEGER PRIMARY KEY,
  path         TEXT NOT NULL REFERENCES path,
  outcome      TEXT NOT NULL,
  access       TEXT NOT NULL,
  mode         TEXT NOT NULL,
  va           INTEGER NOT NULL,
  pc           INTEGER NOT NULL,
  asid         INTEGER NOT NULL,
  abort        TEXT NOT NULL,
  level        INTEGER NOT NULL,
  major        INTEGER,
  passes       INTEGER NOT NULL,
  cache_hits   INTEGER NOT NULL,
  cache_misses INTEGER NOT NULL,
  pte          INTEGER,
  caches       TEXT,
  in_roi       INTEGER NOT NULL,
  timed        INTEGER NOT NULL,
  start_cycle  INTEGER NOT NULL,
  total_cycles INTEGER NOT NULL
);
CREATE TABLE stage (
  fault_id  INTEGER NOT NULL REFERENCES fault,
  seq       INTEGER NOT NULL,
  stage     TEXT NOT NULL REFERENCES stage_kind,
  level     INTEGER,
  served_by TEXT,
  visits    INTEGER NOT NULL,
  cycles    INTEGER NOT NULL,
  PRIMARY KEY (fault_id, seq)
) WITHOUT ROWID;
)sql";

/// A database being written: one transaction from construction to commit().
class Database {
 public:
  explicit Database(const std::filesystem::path& file) : file_(file.string()) {
    std::filesystem::remove(file);
    sqlite3* handle = nullptr;
    const int result = sqlite3_open(file_.c_str(), &handle);
    handle_.reset(handle);
    check(result);
    // A database that is written once and by one process needs no journal.
    execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;");
  }

  void execute(const char* sql) {
    check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
  }
  void commit() { execute("COMMIT;"); }

  void check(int result) const {
    if (result == SQLITE_OK || result == SQLITE_DONE) return;
    throw std::runtime_error(fmt::format("{}: {}", file_, sqlite3_errmsg(handle_.get())));
  }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared INSERT. row(values...) binds them in order and executes it.
class Insert {
 public:
  Insert(Database& database, const char* sql) : database_(database) {
    sqlite3_stmt* statement = nullptr;
    database.check(sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr));
    statement_.reset(statement);
  }

  template <typename... Values>
  void row(const Values&... values) {
    int column = 0;
    (bind(++column, values), ...);
    database_.check(sqlite3_step(statement_.get()));
    database_.check(sqlite3_reset(statement_.get()));
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  // SQLite's integers have 64 bits and a sign: addresses of the upper half come out negative.
  void bind(int column, std::uint64_t value) {
    database_.check(
        sqlite3_bind_int64(statement_.get(), column, static_cast<sqlite3_int64>(value)));
  }
  void bind(int column, std::string_view value) {
    database_.check(sqlite3_bind_text(statement_.get(), column, value.data(),
                                      static_cast<int>(value.size()), SQLITE_STATIC));
  }
  void bind(int column, std::nullptr_t) {
    database_.check(sqlite3_bind_null(statement_.get(), column));
  }
  template <typename Value>
  void bind(int column, const std::optional<Value>& value) {
    if (value) {
      bind(column, *value);
    } else {
      bind(column, nullptr);
    }
  }

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

void write_run(Database& database, const MachineConfig& config, const RunResult& result) {
  Insert run(database, "INSERT INTO run VALUES (?, ?)");
  run.row(std::string_view("program"), std::string_view(config.program.path));
  run.row(std::string_view("outcome"), std::string_view(to_string(result.outcome.kind)));
  run.row(std::string_view("status"), static_cast<std::uint64_t>(result.outcome.status));
  run.row(std::string_view("instructions"), result.progress.instructions);
  run.row(std::string_view("cycles"), result.progress.cycles);
  run.row(std::string_view("frequency_mhz"), std::uint64_t{config.cpu.frequency_mhz});
  run.row(std::string_view("region_marked"), std::uint64_t{result.region_marked});
}

void write_kinds(Database& database) {
  Insert path(database, "INSERT INTO path VALUES (?, ?)");
  for (const FaultPath& p : fault_paths()) path.row(p.name, p.description);
  Insert kind(database, "INSERT INTO stage_kind VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < kStageCount; ++i) {
    const StageInfo& info = stage_info(static_cast<Stage>(i));
    kind.row(info.name, std::uint64_t{i}, std::string_view(to_string(info.side)), info.description);
  }
}

void write_stages(Insert& stage, std::uint64_t fault, std::span<const StageSlice> slices) {
  std::uint64_t seq = 0;
  for (const StageSlice& slice : slices) {
    const std::string_view name = stage_info(slice.stage).name;
    if (slice.level == StageSlice::kNoLevel) {
      stage.row(fault, seq++, name, nullptr, nullptr, std::uint64_t{slice.visits}, slice.cycles);
    } else {
      stage.row(fault, seq++, name, std::uint64_t{slice.level},
                std::string_view(to_string(slice.served_by)), std::uint64_t{slice.visits},
                slice.cycles);
    }
  }
}

std::optional<std::uint64_t> major(const FaultRecord& fault) {
  if (fault.account == FaultAccount::None) return std::nullopt;
  return fault.account == FaultAccount::Major ? 1 : 0;
}

std::optional<std::uint64_t> pte(const FaultRecord& fault) {
  if (fault.pte == 0) return std::nullopt;
  return fault.pte;
}

std::optional<std::string_view> caches(const FaultRecord& fault) {
  if (fault.caches == CacheState::Unknown) return std::nullopt;
  return to_string(fault.caches);
}

void write_faults(Database& database, const FaultLog& log) {
  Insert fault(database,
               "INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
               "?)");
  Insert stage(database, "INSERT INTO stage VALUES (?, ?, ?, ?, ?, ?, ?)");
  std::uint64_t id = 0;
  for (const FaultRecord& f : log.faults) {
    ++id;
    fault.row(id, fault_paths()[f.path].name, std::string_view(to_string(f.outcome)),
              std::string_view(to_string(f.access)), std::string_view(to_string(f.privilege)),
              f.address.value, f.pc.value, std::uint64_t{f.asid},
              std::string_view(to_string(f.status)), std::uint64_t{f.level}, major(f),
              std::uint64_t{f.passes}, std::uint64_t{f.page_cache_hits},
              std::uint64_t{f.page_cache_misses}, pte(f), caches(f), std::uint64_t{f.in_roi},
              std::uint64_t{f.timed}, f.start, f.total);
    write_stages(stage, id, log.slices_of(f));
  }
}

}  // namespace

void write_fault_database(const std::filesystem::path& file, const MachineConfig& config,
                          const RunResult& result) {
  Database database(file);
  database.execute(kSchema);
  write_run(database, config, result);
  write_kinds(database);
  write_faults(database, result.faults);
  database.commit();
}

}  // namespace faultline
