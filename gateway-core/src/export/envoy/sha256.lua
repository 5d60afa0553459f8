-- SHA-256 (FIPS 180-4) of a text, in lower-case hexadecimal.

local bit = require("bit")
local band, bxor, bnot, ror, rshift = bit.band, bit.bxor, bit.bnot, bit.ror, bit.rshift

-- The first 32 bits of the fractional parts of roots of the first primes.
local function fraction(root)
  return bit.tobit(math.floor((root - math.floor(root)) * 0x100000000))
end
local first, k, prime = {}, {}, 2
while #k < 64 do
  local is_prime = true
  for divisor = 2, math.floor(math.sqrt(prime)) do
    if prime % divisor == 0 then is_prime = false break end
  end
  if is_prime then
    if #first < 8 then first[#first + 1] = fraction(math.sqrt(prime)) end
    k[#k + 1] = fraction(prime ^ (1 / 3))
  end
  prime = prime + 1
end

local function word(text, at)
  local a, b, c, d = text:byte(at, at + 3)
  return bit.bor(bit.lshift(a, 24), bit.lshift(b, 16), bit.lshift(c, 8), d)
end

return function(text)
  local bits = #text * 8
  local padded = text .. "\128" .. ("\0"):rep((55 - #text) % 64 + 4)
    .. string.char(rshift(bits, 24), band(rshift(bits, 16), 255), band(rshift(bits, 8), 255), band(bits, 255))
  local state = {unpack(first)}
  local w = {}
  for block = 1, #padded, 64 do
    for n = 1, 16 do w[n] = word(padded, block + (n - 1) * 4) end
    for n = 17, 64 do
      local x, y = w[n - 15], w[n - 2]
      local s0 = bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
      local s1 = bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
      w[n] = bit.tobit(w[n - 16] + s0 + w[n - 7] + s1)
    end
    local a, b, c, d, e, f, g, h = unpack(state)
    for n = 1, 64 do
      local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
      local chosen = bxor(band(e, f), band(bnot(e), g))
      local one = bit.tobit(h + s1 + chosen + k[n] + w[n])
      local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
      local most = bxor(band(a, b), band(a, c), band(b, c))
      h, g, f, e, d, c, b, a = g, f, e, bit.tobit(d + one), c, b, a, bit.tobit(one + s0 + most)
    end
    for n, one in ipairs({a, b, c, d, e, f, g, h}) do state[n] = bit.tobit(state[n] + one) end
  end
  local made = {}
  for n = 1, 8 do made[n] = bit.tohex(state[n]) end
  return table.concat(made)
end
