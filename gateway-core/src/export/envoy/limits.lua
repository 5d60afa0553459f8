-- What is left to say once the version is known: whether it is gone, whose requests each limit counts,
-- and what of the query only the gateway had to know. A route's wishes are in its metadata
-- `gateway.limits`.

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function without(target, names)
  local path, query = target:match("^([^?]*)%?(.*)$")
  if not path then return target end
  local left = {}
  for pair in (query .. "&"):gmatch("([^&]*)&") do
    local name = decoded(pair:match("^[^=]*"))
    local goes = false
    for _, one in ipairs(names) do goes = goes or one == name end
    if not goes then left[#left + 1] = pair end
  end
  if #left == 0 then return path end
  return path .. "?" .. table.concat(left, "&")
end

local function count(handle)
  local wanted = handle:metadata()
  local headers = handle:headers()
  local facts = handle:streamInfo():dynamicMetadata()
  local known = facts:get("gateway") or {}
  local gone = wanted:get("gone_from")
  if gone and os.time() >= gone then return handle:respond({[":status"] = "410"}, "") end
  for _, limit in ipairs(wanted:get("limits") or {}) do
    local counted = not limit.slots
    for _, slot in ipairs(limit.slots or {}) do counted = counted or slot == known.slot end
    local who
    if limit.by == "key" then who = known.slot or known.address
    elseif limit.by == "consumer" then who = known.consumer or known.address
    elseif limit.by == "ip" then who = known.address
    elseif limit.by == "header" then who = headers:get(limit.of) or ""
    else who = limit.by end
    if counted then facts:set("gateway", limit.name, "-" .. who) end
  end
  -- What a redirect is made of.
  if wanted:get("place") then headers:replace("x-gateway-place", known.raw) end
  local names = wanted:get("strip_query")
  if names then headers:replace(":path", without(headers:get(":path"), names)) end
end

function envoy_on_request(handle)
  local fine, why = pcall(count, handle)
  if not fine then
    handle:logErr("limits.lua: " .. tostring(why))
    handle:respond({[":status"] = "500"}, "")
  end
end
