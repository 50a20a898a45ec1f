// The grid: keeps the cards by id, in order, and the selection. gallery.py joins it with card.js to one module.
// The clip that somebody is watching is neither moved nor rebuilt, whatever changes around it.

const GLIDE = { duration: 320, easing: "cubic-bezier(.2, .8, .2, 1)" }

const stillness = matchMedia("(prefers-reduced-motion: reduce)")
const views = new WeakMap()

export default function draw({ data, parentElement, setStateValue, setTriggerValue }) {
  const list = parentElement.querySelector(".gallery")
  if (!views.has(list)) views.set(list, { list, cards: new Map(), selected: new Set(data.selected), round: data.round })
  const view = views.get(list)
  view.open = id => setTriggerValue("opened", id)
  view.tell = () => setStateValue("selected", { round: view.round, ids: [...view.selected] })
  const json = JSON.stringify(data)
  if (view.json !== json) update(view, data)
  view.json = json
  return () => view.cards.forEach(stop)
}

function update(view, data) {
  view.list.classList.toggle("large", data.large)
  view.list.classList.toggle("selecting", data.selecting)
  const ids = data.cards.map(card => card.id)
  reselect(view, data.round, ids)
  if (view.order === ids.join("\n")) patchAll(view, data.cards)
  else gliding(view, () => rearrange(view, data.cards, ids))
  view.order = ids.join("\n")
}

function reselect(view, round, ids) {
  if (view.round !== round) view.selected.clear()
  view.round = round
  const gone = [...view.selected].filter(id => !ids.includes(id))
  gone.forEach(id => view.selected.delete(id))
  if (gone.length) view.tell()
}

function patchAll(view, cards) {
  for (const data of cards) {
    if (!view.cards.has(data.id)) view.cards.set(data.id, createCard(view, data.id))
    const card = view.cards.get(data.id)
    const json = JSON.stringify(data)
    if (card.json !== json) patch(card, data)
    card.json = json
    mark(view, card)
  }
}

function mark(view, card) {
  card.check.checked = view.selected.has(card.id)
  card.node.classList.toggle("selected", card.check.checked)
}

// --- Order

function rearrange(view, cards, ids) {
  const focused = view.list.getRootNode().activeElement
  const place = [...view.list.children].findIndex(node => node.contains(focused))
  patchAll(view, cards)
  const kept = new Set(ids)
  for (const card of [...view.cards.values()]) if (!kept.has(card.id)) remove(view, card)
  arrange(view.list, [...kept].map(id => view.cards.get(id).node))
  if (place < 0) return
  const heir = view.list.contains(focused) ? focused : view.list.children[place] ?? view.list.lastElementChild
  heir?.focus({ preventScroll: true })
}

// A video that leaves the document, be it for a moment, drops out of full screen: the others move around it.
function arrange(list, wanted) {
  let next = list.firstElementChild
  for (const node of wanted) {
    if (node.contains(watched)) while (next !== node) next = setAside(list, next)
    if (node === next) next = next.nextElementSibling
    else list.insertBefore(node, next)
  }
}

function setAside(list, node) {
  const next = node.nextElementSibling
  list.append(node)
  return next
}

function remove(view, card) {
  view.cards.delete(card.id)
  stop(card)
  card.node.remove()
}

function gliding(view, change) {
  if (!view.cards.size || stillness.matches) return change()
  const before = places(view)
  change()
  for (const card of view.cards.values()) card.gliding?.cancel()
  for (const [card, to] of places(view)) glide(card, before.get(card), to)
}

function places(view) {
  return new Map([...view.cards.values()].map(card => [card, card.node.getBoundingClientRect()]))
}

function glide(card, from, to) {
  const [x, y] = from ? [from.left - to.left, from.top - to.top] : [0, 0]
  const seen = Math.min(to.top + y, to.top) < innerHeight && Math.max(to.bottom + y, to.bottom) > 0
  if (!seen || (from && !x && !y)) return
  const path = from ? { translate: [`${x}px ${y}px`, "0 0"] } : { opacity: [0, 1], scale: [0.96, 1] }
  card.gliding = card.node.animate(path, GLIDE)
}

// --- Acting

function choose(view, card) {
  if (card.check.checked) view.selected.add(card.id)
  else view.selected.delete(card.id)
  mark(view, card)
  view.tell()
}

function press(view, card, event) {
  if (event.target !== card.node || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "Enter" || event.key === " ") event.repeat || activate(view, card)
  else if (!step(view, card, event.key)) return
  event.preventDefault()
}

function activate(view, card) {
  if (!card.file) view.open(card.id)
  else if (card.video && !card.video.paused) card.video.pause()
  else start(card)
}

function step(view, card, key) {
  const columns = getComputedStyle(view.list).gridTemplateColumns.split(" ").length
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key]
  const nodes = [...view.list.children]
  const next = nodes[nodes.indexOf(card.node) + by]
  next?.focus()
  return next
}
