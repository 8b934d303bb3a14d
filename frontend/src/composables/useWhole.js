import { onMounted, onScopeDispose, ref } from 'vue'

/** How many of an element's children, which flow in lines, can be seen in it whole. `element` is a template ref. */
export function useWhole(element) {
  const whole = ref(Infinity)

  function measure() {
    if (!element.value) return
    const { bottom } = element.value.getBoundingClientRect()
    const children = [...element.value.children]
    whole.value = children.filter((child) => child.getBoundingClientRect().bottom <= bottom).length
  }

  const observer = new ResizeObserver(measure)
  onMounted(() => element.value && observer.observe(element.value))
  onScopeDispose(() => observer.disconnect())
  return whole
}
