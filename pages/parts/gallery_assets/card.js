// One card: its elements, what they show, and the clip that plays in it. gallery.js puts it in its place.
// Text is only ever set as text, an address only if it is one.

const ADDRESS = /^(\/(?![/\\])|https?:\/\/)/i
const STAGE_ASPECT = 16 / 9
const NO_BREAK = "\u00a0"
const UNPLAYABLE = "This clip could not be loaded. Press play to try again."
const SHAPES = {
  play: "M8 5.6v12.8c0 .8.9 1.3 1.6.9l10-6.4c.6-.4.6-1.4 0-1.8l-10-6.4c-.7-.4-1.6.1-1.6.9Z",
  star: "m12 3 2.7 5.8 6.3.8-4.6 4.4 1.2 6.3L12 17.2l-5.6 3.1 1.2-6.3L3 9.6l6.3-.8Z",
  alert: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm-1 4.5h2v6h-2Zm0 7.5h2v2h-2Z",
  tick: "m9.6 18-5.3-5.4 1.6-1.6 3.7 3.8 8.5-8.7 1.6 1.6Z",
}

let watched = null // the video started last, in whichever gallery of the page

function createCard(view, id) {
  const node = make("li", "card")
  node.tabIndex = 0
  const card = { id, node, ...createStage(node), ...createCaption(node) }
  card.play.onclick = () => {
    node.focus({ preventScroll: true }) // the button hides, and must not take the focus with it
    start(card)
  }
  card.title.onclick = card.details.onclick = () => view.open(id)
  card.check.onchange = () => choose(view, card)
  card.poster.onload = () => reveal(card)
  node.onkeydown = event => press(view, card, event)
  return card
}

function createStage(node) {
  const stage = make("div", "stage", node)
  const [backdrop, poster] = [make("canvas", "backdrop", stage), picture("poster", stage)]
  const report = make("div", "report", stage)
  report.append(icon("alert"))
  const [note, percent] = [make("p", "note", report), make("span", "percent", report)]
  const bar = make("div", "bar", stage)
  bar.role = "progressbar"
  const fill = make("div", "fill", bar)
  const play = button("play", stage)
  play.tabIndex = -1 // the card itself is the stop for the keyboard
  make("span", "disc", play).append(icon("play"))
  stage.append(icon("star"))
  return { stage, backdrop, poster, note, percent, bar, fill, play, check: createCheck(stage) }
}

function createCheck(stage) {
  const label = make("label", "check", stage)
  const check = make("input", "", label)
  check.type = "checkbox"
  make("span", "box", label).append(icon("tick"))
  return check
}

function createCaption(node) {
  const [title, facts, foot] = [make("p", "title", node), make("p", "facts", node), make("div", "foot", node)]
  const [when, details] = [make("p", "when", foot), button("details", foot)]
  details.textContent = "Details"
  return { title, facts, when, details }
}

function patch(card, data) {
  const fitted = Math.abs(data.aspect / STAGE_ASPECT - 1) < 0.04
  card.node.dataset.status = data.status
  card.node.style.setProperty("--aspect", data.aspect)
  card.node.classList.toggle("starred", Boolean(data.starred))
  card.stage.classList.toggle("fitted", fitted)
  card.backdrop.hidden = fitted
  say(card, data)
  showProgress(card, data)
  point(card.poster, address(data.poster_url))
  card.file = address(data.file_url)
  card.play.hidden = !card.file
  if (card.video?.paused) dropOutdated(card)
}

function say(card, { title = "", note = "", facts = [], when = "", status }) {
  write(card.title, title)
  card.title.title = title
  write(card.note, note)
  write(card.facts, facts.map(fact => fact.replaceAll(" ", NO_BREAK)).join(" · "))
  write(card.when, when)
  card.node.ariaLabel = status === "completed" ? title : `${title}. ${note}`
  card.play.ariaLabel = `Play: ${title}`
  card.details.ariaLabel = `Details: ${title}`
  card.check.ariaLabel = `Select: ${title}`
}

function showProgress(card, { progress, note = "" }) {
  const percent = Math.round(Math.min(Math.max(progress ?? 0, 0), 1) * 100)
  const known = progress !== undefined
  card.bar.classList.toggle("unknown", !known)
  card.bar.ariaLabel = note
  card.bar.ariaValueNow = known ? percent : null
  card.fill.style.transform = known ? `scaleX(${percent / 100})` : ""
  write(card.percent, known ? `${percent} %` : "")
}

// Blurred once on a few pixels and then enlarged: a blur in CSS would be paid for in every frame while scrolling.
function reveal({ poster, backdrop }) {
  poster.classList.add("loaded")
  if (backdrop.hidden) return
  const [width, height, rim] = [32, 18, 4]
  Object.assign(backdrop, { width, height })
  const brush = backdrop.getContext("2d")
  brush.filter = "blur(2px) brightness(.55) saturate(1.2)"
  brush.drawImage(poster, -rim, -rim, width + 2 * rim, height + 2 * rim)
}

// --- Playing

function start(card) {
  dropOutdated(card)
  card.stage.classList.remove("broken")
  card.video ??= createVideo(card)
  card.video.controls = true
  card.stage.classList.add("playing")
  watch(card.video)
  card.video.play().catch(() => {}) // onerror tells of a file that cannot be played
}

function createVideo(card) {
  const video = make("video")
  Object.assign(video, { preload: "none", playsInline: true, loop: true, src: card.file, poster: card.poster.src })
  video.onplay = () => watch(video)
  video.onpause = () => video === watched || rest(card)
  video.onerror = () => fail(card)
  card.stage.insertBefore(video, card.play)
  return video
}

function watch(video) {
  const before = watched
  watched = video
  if (before !== video) before?.pause()
}

function rest(card) {
  if (card.video) card.video.controls = false
  card.stage.classList.remove("playing")
}

function fail(card) {
  stop(card)
  write(card.note, UNPLAYABLE)
  card.stage.classList.add("broken")
}

function dropOutdated(card) {
  if (card.video && card.video.getAttribute("src") !== card.file) stop(card)
}

function stop(card) {
  const video = card.video
  if (!video) return
  rest(card)
  card.video = undefined
  if (watched === video) watched = null
  video.onerror = video.onpause = null
  video.removeAttribute("src")
  video.load() // ends the download
  video.remove()
}

// --- Elements

function make(tag, className = "", parent = null) {
  const node = document.createElement(tag)
  node.className = className
  parent?.append(node)
  return node
}

function button(className, parent) {
  const node = make("button", className, parent)
  node.type = "button"
  return node
}

function picture(className, parent) {
  const image = make("img", className, parent)
  Object.assign(image, { alt: "", loading: "lazy", decoding: "async", draggable: false })
  return image
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("class", `icon ${name}-icon`)
  svg.ariaHidden = "true"
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"))
  svg.firstChild.setAttribute("d", SHAPES[name])
  return svg
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text
}

function address(url) {
  return ADDRESS.test(url ?? "") ? url : null
}

function point(image, url) {
  if (image.getAttribute("src") === url) return
  image.classList.remove("loaded")
  if (url) image.src = url
  else image.removeAttribute("src")
}
