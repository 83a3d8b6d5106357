// Before anything is painted: the theme that was chosen here last. Without one, the system's.
try {
  const theme = localStorage.getItem('tessrax-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off in this browser: the system's theme it is.
}
