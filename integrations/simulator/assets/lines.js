// "Add line": copies the empty last line. Without this script there is always one empty line to fill in.
const button = document.getElementById("add-line");
const lines = document.getElementById("lines");
const count = document.getElementById("count");

if (button && lines && count) {
  const empty = lines.lastElementChild.cloneNode(true);
  const last = Number(count.value) - 1;
  button.hidden = false;
  button.addEventListener("click", () => {
    const line = empty.cloneNode(true);
    for (const input of line.querySelectorAll("input")) {
      input.name = input.name.replace(`line-${last}-`, `line-${count.value}-`);
    }
    count.value = Number(count.value) + 1;
    lines.append(line);
    line.querySelector("input").focus();
  });
}
