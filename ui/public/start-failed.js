// Says why, as text: the reason may hold names of files.
document.getElementById("reason").textContent =
  new URLSearchParams(location.search).get("reason") ?? "No reason is known.";
