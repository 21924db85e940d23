/** A loader: the style that `next.config.js` gives stands in the place of the file. Any Node runs it. */
module.exports = function givenStyle() {
  return this.getOptions().style
}
