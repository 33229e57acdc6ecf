// The same handler as echo.mjs, as a CommonJS module.
exports.handler = async (event) => {
  event.check = event.sequence + event.body.length;
  return event;
};
