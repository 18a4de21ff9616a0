-- Sends one body again and again, and prints what came of it as one line of JSON. Times are microseconds.
wrk.method = 'POST'
wrk.body = os.getenv('WRK_BODY')
wrk.headers['content-type'] = 'application/json'
wrk.headers['authorization'] = os.getenv('WRK_AUTHORIZATION')

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local line = '{"calls":%d,"failed":%d,"duration":%d,"p50":%d,"p99":%d}\n'
  io.write(line:format(summary.requests, failed, summary.duration, latency:percentile(50), latency:percentile(99)))
end
