// Go to another page of the dashboard as a link of its sidebar does, without loading it anew.
// Streamlit follows the history of the browser: the address is entered once, so that Back returns
// to where somebody was. Its own `st.switch_page` enters an address with parameters twice.
// `instead` puts it in the place of the address of now: Back must not lead to where it leads on.
function navigate(address, instead = false) {
  history[instead ? "replaceState" : "pushState"]({}, "", address)
  dispatchEvent(new PopStateEvent("popstate", { state: {} }))
}
