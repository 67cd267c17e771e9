// Says so where what npm installs or builds is not on the server: then nothing has started the page.

window.addEventListener("load", () => {
  if ("started" in document.body.dataset) return;
  document.getElementById("welcome-error").textContent =
    "This page's scripts are missing on the server: start the chat with examples/chat/start, then load this page again.";
  document.getElementById("sign-in").disabled = true;
});
