// Draws the pictures of Mermaid in the colours of the page, as they are when it loads.
const chosen = localStorage.getItem("theme");
const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.classList.toggle("dark-pictures", isDark);
mermaid.initialize({ startOnLoad: true, theme: isDark ? "dark" : "default", flowchart: { nodeSpacing: 12, padding: 8 } });
