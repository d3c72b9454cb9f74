// Says who is signed in. The sign-out is a form: a link could be followed by what reads ahead, or
// be set by somebody else's page.
export default function ({ parentElement, data }) {
  const find = name => parentElement.querySelector(name)
  find(".name").textContent = data.name
  find(".role").textContent = data.role
  find(".change").hidden = !data.several
}
