// Says so on the page when a passkey or key did not answer; the library only tells the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const words of document.querySelectorAll("[data-key-failed]")) words.hidden = false;
});
