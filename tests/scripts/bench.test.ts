import assert from "node:assert/strict";
import { test } from "node:test";
import { quantile, readOutput, summary } from "../../scripts/bench/load.ts";

const OUTPUT = `Running 2s test @ http://127.0.0.1:4000/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    18.31ms   13.55ms 113.27ms   80.66%
    Req/Sec     3.40k   650.12     4.33k    72.50%
  Latency Distribution
     50%   15.48ms
     75%   24.41ms
     90%  980.00us
     99%    1.20s
  6778 requests in 2.00s, 4.51MB read
  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 5
Requests/sec:   3388.04
Transfer/sec:      2.26MB
`;

test("what wrk prints is read: rates, times in ms, and all that failed", () => {
  assert.deepEqual(readOutput(OUTPUT), {
    requests: 6778,
    requestsPerSecond: 3388.04,
    p50Ms: 15.48,
    p99Ms: 1200,
    failed: 4326,
  });
});

test("where nothing failed wrk says nothing of it", () => {
  assert.equal(readOutput(OUTPUT.replace(/ *Socket.*\n *Non.*\n/, "")).failed, 0);
});

test("the median of an even number of values is between the middle ones, and the spread goes from end to end", () => {
  assert.deepEqual(summary([9, 1, 3, 5]), { median: 4, low: 1, high: 9 });
  assert.deepEqual(summary([2, 9, 1]), { median: 2, low: 1, high: 9 });
});

test("a quantile is one of the values", () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)], [51, 100, 100]);
});
