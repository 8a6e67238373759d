// What must happen at once happens inside Redis, by its own clock: the replicas' clocks need not agree.

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * The times of a client's last requests, the newest first.
 * KEYS: the list. ARGV: how many within the window, the window in ms. → ms to wait, or -1: taken.
 */
export const TAKE = `${NOW}
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local length = redis.call('LLEN', KEYS[1])
if length >= limit then
  local age = now - redis.call('LINDEX', KEYS[1], limit - 1 - length)
  if age < window then return window - age end
end
redis.call('LPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], window)
return -1
`;

/**
 * Adds to a sum that only grows. KEYS: the sum. ARGV: what to add, what it was at least (Redis may have lost it), how
 * long to keep it, ms. → the sum, as text.
 */
export const SPEND = `
local sum = tonumber(redis.call('GET', KEYS[1]) or '0')
local was = sum
sum = math.max(sum, tonumber(ARGV[2])) + tonumber(ARGV[1])
local text = string.format('%.17g', sum)
if sum ~= was then redis.call('SET', KEYS[1], text, 'PX', ARGV[3]) end
return text
`;

/**
 * A target failed. KEYS: its failures, the open targets. ARGV: the target, how many failures open it, the window and how
 * long it stays open, ms. → ms since it was opened, or -1: it is not.
 */
export const FAIL = `${NOW}
local opened = redis.call('HGET', KEYS[2], ARGV[1])
if opened and now - opened < tonumber(ARGV[4]) then return now - opened end
local most = tonumber(ARGV[2])
redis.call('RPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], -most, -1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if redis.call('LLEN', KEYS[1]) < most or now - redis.call('LINDEX', KEYS[1], 0) >= tonumber(ARGV[3]) then
  return opened and now - opened or -1
end
redis.call('HSET', KEYS[2], ARGV[1], now)
redis.call('PEXPIRE', KEYS[2], 3600000)
return 0
`;

/** A probe failed: open anew. KEYS: the open targets. ARGV: the target. */
export const REOPEN = `${NOW}
redis.call('HSET', KEYS[1], ARGV[1], now)
redis.call('PEXPIRE', KEYS[1], 3600000)
return 0
`;

/** A target is well again. KEYS: its failures, the open targets. ARGV: the target. */
export const CLOSE = `
redis.call('DEL', KEYS[1])
return redis.call('HDEL', KEYS[2], ARGV[1])
`;

/**
 * Asked every second; it writes, too, so that a Redis that only lets itself be read counts as away.
 * KEYS: a mark, the head's version, the open targets. → the version (0: none), then target, ms since it was opened, …
 */
export const BEAT = `${NOW}
redis.call('SET', KEYS[1], now, 'PX', 60000)
local answer = { tonumber(redis.call('GET', KEYS[2]) or '0') }
local open = redis.call('HGETALL', KEYS[3])
for at = 1, #open, 2 do
  answer[#answer + 1] = open[at]
  answer[#answer + 1] = now - open[at + 1]
end
return answer
`;

/** KEYS: the head, the one before it, the version. ARGV: the head, what stands for none. → the new version. */
export const PUBLISH_HEAD = `
redis.call('SET', KEYS[2], redis.call('GET', KEYS[1]) or ARGV[2])
redis.call('SET', KEYS[1], ARGV[1])
return redis.call('INCR', KEYS[3])
`;

/** As PUBLISH_HEAD, where there is none: the first replica that comes has its way. ARGV: the head, its version. */
export const OFFER_HEAD = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[3], ARGV[2])
return 1
`;

/** KEYS as PUBLISH_HEAD. → the version, and the head if there is one. */
export const READ_HEAD = `
return { tonumber(redis.call('GET', KEYS[3]) or '0'), redis.call('GET', KEYS[1]) }
`;

/** Brings the head before back. KEYS as PUBLISH_HEAD. → the new version, and the head; no head: there is none before. */
export const ROLLBACK_HEAD = `
local before = redis.call('GET', KEYS[2])
if not before then return { 0, false } end
redis.call('SET', KEYS[1], before)
redis.call('DEL', KEYS[2])
return { redis.call('INCR', KEYS[3]), before }
`;
