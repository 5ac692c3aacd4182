-- wrk sends the requests of a file, one after another, and prints one line for load.py to read.
-- Each line: method, path, token, body, separated by tabs; "-" stands for nothing. In a body `@`
-- becomes a digit that changes with each lap, so that no value is handed in twice running.
local requests, lap, at, keys = {}, tonumber(os.getenv("LAP") or "0"), 0, 0

local function whole(method, path, token, body, digit)
  local headers = {}
  if token ~= "-" then headers["Authorization"] = "Bearer " .. token end
  if body == "-" then return wrk.format(method, path, headers) end
  headers["Content-Type"] = "application/json"
  if os.getenv("REPEATABLE") then
    keys = keys + 1
    headers["Idempotency-Key"] = os.getenv("REPEATABLE") .. "-" .. keys
  end
  return wrk.format(method, path, headers, (body:gsub("@", digit)))
end

function init()
  for line in io.lines(os.getenv("REQUESTS")) do
    local method, path, token, body = line:match("([^\t]+)\t([^\t]+)\t([^\t]+)\t([^\t]+)")
    requests[#requests + 1] = { method, path, token, body }
    if body == "-" then requests[#requests].ready = whole(method, path, token, body) end
  end
end

function request()
  at = at + 1
  if at > #requests then at, lap = 1, lap + 1 end
  local chosen = requests[at]
  return chosen.ready or whole(chosen[1], chosen[2], chosen[3], chosen[4], lap % 10)
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.timeout
  print(string.format("RESULT %d %d %f %f %f", summary.requests, failed,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
