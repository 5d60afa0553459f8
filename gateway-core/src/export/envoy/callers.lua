-- Who calls, by the API key that is shown, and which version is asked for where routes cannot see it.
--
-- `keys.map` has the SHA-256 of each key before the name of its place, `callers.map` what is known of
-- whoever shows it. What a route wants to know is in its metadata `gateway.callers`.
-- Dynamic metadata `gateway`: `slot`, `consumer`, `credential`, `groups`, `scopes`, `asked`, `drawn`.

local sha256 = dofile("sha256.lua")

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local slots, known = {}, {}
for line in io.lines("keys.map") do
  local hash, slot = line:match("^(%x+) (%S+)$")
  if hash and #hash == 64 then slots[hash] = slot end
end
for line in io.lines("callers.map") do
  local slot, facts = line:match("^(%S+) (.*)$")
  if slot then
    known[slot] = {}
    for name, value in facts:gmatch("(%l+)=(%S+)") do known[slot][name] = decoded(value) end
  end
end
math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000)

-- All values of a header, one by one.
local function values(headers, name)
  local all = {}
  for at = 0, headers:getNumValues(name) - 1 do all[#all + 1] = headers:getAtIndex(name, at) end
  return all
end

-- All values of a query parameter, decoded.
local function parameters(query, wanted)
  local all = {}
  for pair in (query .. "&"):gmatch("([^&]*)&") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    if decoded(name) == wanted then all[#all + 1] = decoded(value) end
  end
  return all
end

-- The place of the API key that is shown, and whether one is: all that are shown have to be the same.
local function caller(headers, query, places)
  local shown, is_bearer = {}, false
  for _, name in ipairs(places.headers or {}) do
    for _, value in ipairs(values(headers, name)) do shown[#shown + 1] = value end
  end
  if places.query then
    for _, value in ipairs(parameters(query, places.query)) do shown[#shown + 1] = value end
  end
  if places.bearer then
    for _, value in ipairs(values(headers, "authorization")) do
      local scheme, token = value:match("^(%a+) +(.-) *$")
      if scheme and scheme:lower() == "bearer" then
        -- What begins as keys do is meant as one; other tokens may be for the service.
        if token:match("^gw_") then
          is_bearer = true
          shown[#shown + 1] = token
        elseif #shown == 0 then
          shown[1] = ""
        end
      end
    end
  end
  for _, other in ipairs(shown) do
    if other ~= shown[1] then return nil, true, is_bearer end
  end
  return shown[1] and slots[sha256(shown[1])], #shown > 0, is_bearer
end

-- Takes keys out of a request, however their header is spelt: to many services `_` is what `-` is.
local function strip(headers, places, is_bearer)
  local found = {}
  for name in pairs(headers) do
    for _, key in ipairs(places.headers or {}) do
      if name:gsub("_", "-") == key:gsub("_", "-") then found[#found + 1] = name end
    end
  end
  if is_bearer then found[#found + 1] = "authorization" end
  for _, name in ipairs(found) do headers:remove(name) end
end

-- The parts of a text between separators that do not stand in a quoted string.
local function split(text, separator)
  local parts, part, quoted, escaped = {}, "", false, false
  for character in text:gmatch(".") do
    if escaped then escaped = false
    elseif character == "\\" and quoted then escaped = true
    elseif character == '"' then quoted = not quoted end
    if character == separator and not quoted then
      parts[#parts + 1], part = part, ""
    else
      part = part .. character
    end
  end
  parts[#parts + 1] = part
  return parts
end

-- The version of the media range that is wanted most: of those that are known, or else of all.
local function accepted(headers, parameter, versions)
  local best, best_rank
  for _, line in ipairs(values(headers, "accept")) do
    for _, range in ipairs(split(line, ",")) do
      local value, quality = nil, 1
      for at, part in ipairs(split(range, ";")) do
        local name, text = part:match("^%s*(.-)%s*=%s*(.-)%s*$")
        if at > 1 and name and name:lower() == parameter:lower() then
          local inner = text:match('^"(.*)"$')
          value = value or (inner and inner:gsub("\\(.)", "%1")) or text
        elseif at > 1 and name and name:lower() == "q" then
          quality = tonumber(text) or 0
          if quality > 1 then quality = 0 end
        end
      end
      if value and value ~= "" and quality > 0 then
        local rank = quality
        for _, version in ipairs(versions) do
          if version == value then rank = quality + 10 end
        end
        if not best or rank > best_rank then best, best_rank = value, rank end
      end
    end
  end
  return best
end

-- The version of a request that names none.
local function drawn(headers, facts, who, info)
  local total = 0
  for _, share in ipairs(info.shares) do total = total + share.weight end
  if info.sticky == "cookie" then
    for _, line in ipairs(values(headers, "cookie")) do
      for pair in (line .. ";"):gmatch("%s*([^;]*);") do
        local name, value = pair:match("^(.-)=(.*)$")
        for _, share in ipairs(info.shares) do
          if name == info.cookie and value == share.version then return value end
        end
      end
    end
  end
  local place = math.random() * total
  local staying = who[info.sticky]
  if staying then place = tonumber(sha256(staying):sub(1, 8), 16) / 0x100000000 * total end
  for _, share in ipairs(info.shares) do
    place = place - share.weight
    if place < 0 then return share.version end
  end
  return info.shares[#info.shares].version
end

local function look(handle)
  local wanted = handle:metadata()
  local headers = handle:headers()
  local info = handle:streamInfo()
  local facts = info:dynamicMetadata()
  -- One that says how long it is need not come to its end to be refused.
  local most = wanted:get("longest_body")
  if most and (tonumber(headers:get("content-length") or "0") or 0) > most then
    return handle:respond({[":status"] = "413"}, "")
  end
  local query = (facts:get("gateway") or {}).query or ""
  local address = info:downstreamDirectRemoteAddress():gsub(":%d+$", "")
  facts:set("gateway", "address", address)
  local slot
  if wanted:get("keys") then
    local shown, is_bearer
    slot, shown, is_bearer = caller(headers, query, wanted:get("places"))
    if not slot and (shown or wanted:get("keys") == "required") then
      return handle:respond({[":status"] = "401", ["www-authenticate"] = 'ApiKey realm="gateway"'}, "")
    end
    if slot then
      facts:set("gateway", "slot", slot)
      for name, value in pairs(known[slot] or {}) do facts:set("gateway", name, value) end
    end
    if wanted:get("places").strip then strip(headers, wanted:get("places"), slot and is_bearer) end
  end
  local asked
  local in_header, in_query = wanted:get("version_in_header"), wanted:get("version_in_query")
  if in_header or in_query then
    local named = in_header and values(headers, in_header) or parameters(query, in_query)
    for _, value in ipairs(named) do
      if value ~= "" and asked and asked ~= value then
        return handle:respond({[":status"] = "400"}, "")
      end
      if value ~= "" then asked = value end
    end
  elseif wanted:get("version_in_accept") then
    asked = accepted(headers, wanted:get("version_in_accept"), wanted:get("versions"))
  end
  if asked then facts:set("gateway", "asked", asked) end
  if wanted:get("split") and not asked then
    local consumer = slot and known[slot] and known[slot].consumer
    local who = {ip = address, key = slot or address, consumer = consumer or address}
    facts:set("gateway", "drawn", drawn(headers, facts, who, wanted:get("split")))
  end
  -- Services are chosen by it; it is written anew before it is sent on.
  local consumer = slot and known[slot] and known[slot].consumer
  headers:replace("x-consumer-id", consumer or address)
  facts:set("gateway", "looked", "yes")
  handle:clearRouteCache()
end

function envoy_on_request(handle)
  local fine, why = pcall(look, handle)
  if not fine then
    handle:logErr("callers.lua: " .. tostring(why))
    handle:respond({[":status"] = "500"}, "")
  end
end
