// SPDX-License-Identifier: Apache-2.0
// Breadth-first search of a synthetic graph, as Graph500 does: reads of neighbours' states all over
// memory, in an order that data decides, which no prefetcher and no TLB foresees. The graph is
// either R-MAT (few vertices with very many neighbours, as in social networks) or uniform. Checks
// the tree of parents against every edge.

#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: bfs [--scale S] [--degree D] [--graph rmat|uniform] [--seed S]\n"
    "Makes an undirected graph of 2^S vertices (13) and D edges for each (8) and searches it from "
    "the\n"
    "vertex with most neighbours. The region of interest is the search.\n";

using Vertex = std::uint32_t;
constexpr Vertex kNone = ~Vertex{0};

struct Edge {
  Vertex from, to;
};

/// Both directions of every edge, by vertex: the neighbours of v are
/// neighbours[first[v]] .. neighbours[first[v + 1] - 1].
struct Graph {
  std::span<std::uint64_t> first;
  std::span<Vertex> neighbours;

  [[nodiscard]] std::size_t vertices() const { return first.size() - 1; }
  [[nodiscard]] std::span<const Vertex> of(Vertex v) const {
    return neighbours.subspan(first[v], first[v + 1] - first[v]);
  }
};

/// One edge of R-MAT with Graph500's probabilities: a quadrant of the adjacency matrix, then a
/// quadrant of that, and so on. Source: D. Chakrabarti et al., "R-MAT: A Recursive Model for Graph
/// Mining", 2004; Graph500 specification (A 0.57, B 0.19, C 0.19).
Edge rmat_edge(Random& random, std::size_t scale) {
  constexpr std::uint64_t kA = 57;
  constexpr std::uint64_t kB = kA + 19;
  constexpr std::uint64_t kC = kB + 19;
  Edge edge{0, 0};
  for (std::size_t bit = 0; bit < scale; ++bit) {
    const std::uint64_t percent = random.next() % 100;
    edge.from = edge.from << 1 | (percent >= kB ? 1 : 0);
    edge.to = edge.to << 1 | ((percent >= kA && percent < kB) || percent >= kC ? 1 : 0);
  }
  return edge;
}

std::vector<Edge> make_edges(std::size_t scale, std::size_t degree, bool uniform, Random& random) {
  std::vector<Edge> edges(degree << scale);
  for (Edge& edge : edges) {
    edge = uniform ? Edge{static_cast<Vertex>(random.next() >> (64 - scale)),
                          static_cast<Vertex>(random.next() >> (64 - scale))}
                   : rmat_edge(random, scale);
  }
  return edges;
}

/// Sorts the edges by vertex, by counting.
Graph make_graph(std::size_t scale, const std::vector<Edge>& edges) {
  const std::size_t vertices = std::size_t{1} << scale;
  const Graph graph{map_array<std::uint64_t>(vertices + 1), map_array<Vertex>(2 * edges.size())};
  std::vector<std::uint64_t> next(vertices + 1);
  for (const Edge& edge : edges) {
    ++next[edge.from + 1];
    ++next[edge.to + 1];
  }
  for (std::size_t v = 1; v <= vertices; ++v) next[v] += next[v - 1];
  for (std::size_t v = 0; v <= vertices; ++v) graph.first[v] = next[v];
  for (const Edge& edge : edges) {
    graph.neighbours[next[edge.from]++] = edge.to;
    graph.neighbours[next[edge.to]++] = edge.from;
  }
  return graph;
}

Vertex busiest_vertex(const Graph& graph) {
  Vertex best = 0;
  for (Vertex v = 0; v < graph.vertices(); ++v) {
    if (graph.of(v).size() > graph.of(best).size()) best = v;
  }
  return best;
}

/// What the search leaves. `queue` holds the vertices in the order in which they were reached.
struct Search {
  std::span<Vertex> parents;
  std::span<Vertex> queue;
  std::size_t reached;
};

[[gnu::noinline]] void search(const Graph& graph, Vertex root, Search& result) {
  result.parents[root] = root;
  result.queue[0] = root;
  result.reached = 1;
  for (std::size_t head = 0; head < result.reached; ++head) {
    const Vertex from = result.queue[head];
    for (const Vertex to : graph.of(from)) {
      if (result.parents[to] != kNone) continue;
      result.parents[to] = from;
      result.queue[result.reached++] = to;
    }
  }
}

/// Whether every parent is a neighbour one level up, and no edge spans more than one level or
/// leaves the part that was reached. Stores the number of levels.
bool tree_is_right(const Graph& graph, const Search& found, std::uint32_t& levels) {
  constexpr std::uint32_t kUnreached = ~std::uint32_t{0};
  std::vector<std::uint32_t> level(graph.vertices(), kUnreached);
  level[found.queue[0]] = 0;
  for (std::size_t i = 1; i < found.reached; ++i) {
    level[found.queue[i]] = level[found.parents[found.queue[i]]] + 1;
  }
  levels = level[found.queue[found.reached - 1]] + 1;
  for (Vertex v = 0; v < graph.vertices(); ++v) {
    bool parent_is_neighbour = level[v] == kUnreached || level[v] == 0;
    for (const Vertex other : graph.of(v)) {
      if ((level[v] == kUnreached) != (level[other] == kUnreached)) return false;
      if (level[v] != kUnreached && level[other] > level[v] + 1) return false;
      parent_is_neighbour |= other == found.parents[v];
    }
    if (!parent_is_neighbour) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"scale", "degree", "graph", "seed"}, kUsage);
  const std::size_t scale = options.number("scale", 13, 1, 30);
  const std::size_t degree = options.number("degree", 8, 1, 1024);
  const bool uniform = options.choice("graph", {"rmat", "uniform"}) == 1;
  Random random(options.number("seed", 1, 0, ~std::uint64_t{0}));
  const Graph graph = make_graph(scale, make_edges(scale, degree, uniform, random));
  Search found{map_array<Vertex>(graph.vertices()), map_array<Vertex>(graph.vertices()), 0};
  for (Vertex& parent : found.parents) parent = kNone;
  const Vertex root = busiest_vertex(graph);

  marker::region_begins();
  search(graph, root, found);
  marker::region_ends();

  std::uint32_t levels = 0;
  const bool right = tree_is_right(graph, found, levels);
  std::printf("bfs: %zu vertices, %zu edges, %zu reached in %u levels: %s\n", graph.vertices(),
              graph.neighbours.size() / 2, found.reached, levels, right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
