/** Close codes (P4), each by itself, so that a browser loads those alone that it says. */
export const normal = 1000;
export const goingAway = 1001;
export const badFrame = 4400;
export const notAllowed = 4403;
export const helloTimeout = 4408;
export const superseded = 4409;
export const tooLarge = 4413;
export const overCredit = 4429;
export const internal = 4500;
