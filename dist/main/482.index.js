export const id = 482;
export const ids = [482];
export const modules = {

/***/ 1482:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   sessionPfx: () => (/* binding */ sessionPfx)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);

async function sessionPfx(certificate, path, mask) {
    const password = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(24).toString('base64url');
    mask(password);
    const { writePfx } = await __webpack_require__.e(/* import() */ 917).then(__webpack_require__.bind(__webpack_require__, 6917));
    return { path, password, content: await writePfx({ ...certificate, chain: [] }, password) };
}


/***/ })

};
