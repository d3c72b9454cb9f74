// Goes to an address once: the component is drawn again with the page that holds it.
const gone = new WeakMap()

export default function ({ parentElement, data }) {
  if (gone.get(parentElement) === data.once) return
  gone.set(parentElement, data.once)
  navigate(data.address, data.instead)
}
